//! Empty on purpose: the package consists of its test targets (see README.md), and cargo requires a library
//! or a program.
