//! Empty on purpose: the package consists of the test target `ui`, and cargo requires a library or a program.
