//! The row that turns pages.

use crate::{
    base::keyboard::Key,
    button::{Button, PagingButton},
};

/// The row that turns pages, counted from 0; `None` for a single one. Behind the last stands the last.
pub(crate) fn turning<B: Into<Button>>(page: usize, pages: usize, turn: impl Fn(usize) -> B) -> Option<Vec<Key>> {
    let turn = |to| turn(to).into();
    if pages <= 1 {
        return None;
    }
    let page = page.min(pages - 1);
    let mut row = Vec::new();
    row.extend(page.checked_sub(1).map(|to| turn(to).button("←")));
    row.push(PagingButton::Number.button(format!("{}/{pages}", page + 1)));
    row.extend((page + 1 < pages).then(|| turn(page + 1).button("→")));
    Some(row)
}
