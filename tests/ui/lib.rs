//! Empty: the package is its tests, and cargo wants a library of one.
