//! Maps made of few pairs.

/// Puts these one by one into a new collection. `collect` would sort them first, and the code for that is five kilobytes
/// for each kind of pair, which every start of a program pays.
pub fn gather<C: Default + Extend<T>, T>(items: impl IntoIterator<Item = T>) -> C {
    let mut all = C::default();
    all.extend(items);
    all
}
