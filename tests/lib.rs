//! Empty: the package is its tests and its example, and cargo wants a library of one.
