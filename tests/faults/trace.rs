//! The system calls of a program that runs without a fault, as strace tells them.

use crate::programs::{Request, Said};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// One system call.
#[derive(Clone, Debug)]
pub struct Call {
    pub name: String,
    /// The how manieth of this name it is, from 1: what strace counts.
    pub nth: usize,
    /// Its arguments and its result.
    pub rest: String,
}

/// The calls of a request on the threads in a folder, which it changes, and what the program said.
pub fn calls(request: &Request, threads: &Path, options: &[&str]) -> (Vec<Call>, Said) {
    let file = tempfile::NamedTempFile::new_in(threads.parent().expect("a parent")).expect("a file");
    let usual = ["-qq", "-o", file.path().to_str().expect("a path")];
    let options: Vec<_> = usual.iter().chain(options).map(|option| (*option).to_owned()).collect();
    let said = request.run_with(threads, &options);
    assert!(said.answer.is_some(), "{} answers under strace: {}", request.program, said.complaints);
    let text = String::from_utf8_lossy(&fs::read(file.path()).expect("a trace")).into_owned();
    let mut counts = HashMap::<&str, usize>::new();
    let named = text.lines().filter_map(|line| line.split_once('('));
    let calls = named.map(|(name, rest)| {
        let nth = counts.entry(name).or_default();
        *nth += 1;
        Call { name: name.into(), nth: *nth, rest: rest.into() }
    });
    // strace sees the program's own start, which comes before it.
    (calls.filter(|call| call.name != "execve" && call.name != "exit_group").collect(), said)
}
