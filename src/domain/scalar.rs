//! Values of columns, as keys and conditions hold them.

/// A value that a row is looked up by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scalar {
    /// A whole number.
    Int(i64),
    /// Text, compared byte for byte.
    Text(String),
    /// A truth value.
    Bool(bool),
}

impl From<i64> for Scalar {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<bool> for Scalar {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
impl From<String> for Scalar {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
impl From<&str> for Scalar {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}
