//! The page of recipes, as documentation.
#![doc = include_str!("recipes.md")]
