//! The variables of a request (RFC 3875, section 4.1): the process's own under CGI, given with each request under
//! FastCGI.

use std::env;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// Where a request's variables are.
#[derive(Debug)]
pub enum Variables {
    /// In the environment of the process.
    Environment,
    /// Sent with the request. What the server said when it started the process is in the environment.
    Given(Vec<(Vec<u8>, Vec<u8>)>),
}

impl Variables {
    /// A variable, if it is there.
    pub fn get(&self, name: &str) -> Option<OsString> {
        match self {
            Self::Environment => env::var_os(name),
            Self::Given(pairs) => match pairs.iter().rfind(|(given, _)| given == name.as_bytes()) {
                Some((_, value)) => Some(OsString::from_vec(value.clone())),
                None => env::var_os(name),
            },
        }
    }

    /// Its bytes; none if it is not there.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        self.get(name).unwrap_or_default().into_vec()
    }

    /// The same as text. Bytes that are no UTF-8 come from no browser, so they need not survive.
    pub fn text(&self, name: &str) -> String {
        let bytes = self.bytes(name);
        String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_with_a_request_goes_before_what_the_process_was_started_with() {
        let given = Variables::Given(vec![(b"PATH".to_vec(), b"\xff".to_vec()), (b"A".to_vec(), b"1".to_vec())]);
        assert_eq!(
            (given.text("A").as_str(), given.text("PATH").as_str(), given.text("NONE").as_str()),
            ("1", "\u{fffd}", "")
        );
        let none = Variables::Given(Vec::new());
        assert_eq!(none.get("PATH"), Variables::Environment.get("PATH"));
    }
}
