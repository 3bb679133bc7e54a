//! Random bytes from the kernel, as text for file names and keys.

use crate::error::{Error, Result};
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};
use std::fs::File;
use std::io::{self, Read};
use std::time::Duration;

/// `N` random bytes in hexadecimal.
///
/// # Errors
/// When the kernel gives none, which no host is expected to do.
pub fn hex<const N: usize>() -> Result<String> {
    bytes::<N>().map(|bytes| to_hex(&bytes))
}

/// `N` random bytes as they are.
///
/// # Errors
/// As [`hex`].
pub fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    fill(&mut bytes).map_err(|error| Error::host(format!("The server's kernel gave no random bytes: {error}")))?;
    Ok(bytes)
}

fn fill(bytes: &mut [u8]) -> io::Result<()> {
    match getrandom(&mut *bytes, GetRandomFlags::empty()) {
        Ok(got) if got == bytes.len() => Ok(()),
        // Kernels before 3.17 know the device only.
        Ok(_) | Err(Errno::NOSYS) => File::open("/dev/urandom")?.read_exact(bytes),
        Err(error) => Err(error.into()),
    }
}

/// Between half of a pause and all of it, so that those who began to wait together do not come back together.
pub fn somewhat_less(pause: Duration) -> Duration {
    let [chance] = bytes().unwrap_or_default();
    pause / 2 + pause.mul_f64(f64::from(chance) / 512.0)
}

/// Bytes in hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn bytes_become_two_digits_each() {
        assert_eq!(super::to_hex(&[0, 0x1f, 0xff]), "001fff");
        assert_ne!(super::hex::<16>().unwrap(), super::hex::<16>().unwrap());
    }
}
