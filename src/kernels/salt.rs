//! A module made new: the same program in words that no driver has seen.

/// The opcodes of what stands before a module's debug instructions (SPIR-V specification, "Logical Layout of a
/// Module"): capabilities, extensions and imports, the memory model, entry points and their execution modes.
const BEFORE_DEBUG: [u32; 7] = [17, 10, 11, 14, 15, 16, 331];

/// Words in the header.
const HEADER: usize = 5;

/// The opcode of an instruction that names a source extension, and does nothing else.
const OP_SOURCE_EXTENSION: u32 = 4;

/// `module` with one more debug instruction, whose text is `salt` in hexadecimal.
///
/// Drivers keep what they have compiled, in memory and on disk, by the words of the module, whatever the application
/// asks for. A salt that was never used makes the words new to them, and leaves the program what it is: the
/// instruction has no meaning to what executes it.
pub fn salted(module: &[u32], salt: u64) -> Vec<u32> {
    let mut place = HEADER.min(module.len());
    while let Some(&first) = module.get(place)
        && BEFORE_DEBUG.contains(&(first & 0xffff))
    {
        // An instruction's first word says how many it has; none has no words.
        place += (first >> 16).max(1) as usize;
    }
    let place = place.min(module.len());
    let instruction = source_extension(&format!("{salt:016x}"));
    [&module[..place], &instruction, &module[place..]].concat()
}

fn source_extension(text: &str) -> Vec<u32> {
    // A literal string ends with a zero byte and fills its last word with more.
    let mut bytes = text.as_bytes().to_vec();
    bytes.push(0);
    bytes.resize(bytes.len().next_multiple_of(size_of::<u32>()), 0);
    let words: Vec<u32> = bytes.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word)).collect();
    let length = 1 + words.len() as u32;
    [vec![length << 16 | OP_SOURCE_EXTENSION], words].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header, a capability, the memory model, a source language, a name.
    const MODULE: [u32; 16] = [
        0x0723_0203,
        0x0001_0600,
        0,
        8,
        0,
        2 << 16 | 17,
        1,
        3 << 16 | 14,
        0,
        1,
        3 << 16 | 3,
        2,
        450,
        3 << 16 | 5,
        4,
        0x6162,
    ];

    #[test]
    fn the_salt_opens_the_debug_instructions_and_nothing_else_changes() {
        let salted = salted(&MODULE, 0xfeed);
        assert_eq!(salted[..10], MODULE[..10]);
        assert_eq!(salted[10], 6 << 16 | 4);
        let text: Vec<u8> = salted[11..16].iter().flat_map(|word| word.to_le_bytes()).collect();
        assert_eq!(text, b"000000000000feed\0\0\0\0");
        assert_eq!(salted[16..], MODULE[10..]);
    }

    #[test]
    fn each_salt_gives_another_module() {
        assert_ne!(salted(&MODULE, 1), salted(&MODULE, 2));
    }

    #[test]
    fn what_is_no_module_is_no_panic() {
        assert_eq!(salted(&[], 1).len(), 6);
        assert_eq!(salted(&[0, 0, 0, 0, 0, 17], 1).len(), 12);
        assert_eq!(salted(&[0, 0, 0, 0, 0, 99 << 16 | 17], 1).len(), 12);
    }
}
