//! The known designs in configs/exemplars, as they are and on an awkward shape.

use std::path::Path;
use std::{fs, io};

use crate::harness::{assert_right, problem};

fn exemplars() -> io::Result<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/exemplars");
    fs::read_dir(folder)?.map(|entry| fs::read_to_string(entry?.path())).collect()
}

/// Blocks that need more shared memory than a software driver has are verified with fewer channels at a time.
#[test]
fn each_exemplar_is_right() {
    let texts = exemplars().expect("configs/exemplars");
    assert!(texts.len() >= 7, "{} exemplars", texts.len());
    assert_right(texts.iter().flat_map(|text| {
        let (head, rest) = text.split_once("[problem]").expect("a problem");
        let (_, rest) = rest.split_once("\n[").expect("a table after the problem");
        let awkward = format!("{head}{}[{rest}", problem([2, 9, 7, 13, 11, 0]));
        [text.clone(), awkward.replace("channels = 8 }", "channels = 4 }")]
    }));
}
