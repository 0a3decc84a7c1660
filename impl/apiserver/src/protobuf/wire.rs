//! Protocol Buffers' wire format, as far as the envelope needs it.

/// One field as it is on the wire.
pub(super) enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// Fixed-width fields, which no kind read here has.
    Skipped,
}

/// The fields of a message with their numbers, in order; nothing if the bytes are cut or broken.
pub(super) fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, Wire<'_>)>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let wire = match tag & 7 {
            0 => Wire::Number(varint(&mut bytes)?),
            1 => skipped(&mut bytes, 8)?,
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let (field, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                Wire::Bytes(field)
            }
            5 => skipped(&mut bytes, 4)?,
            _ => return None,
        };
        found.push((tag >> 3, wire));
    }
    Some(found)
}

/// The first length-delimited field of this number.
pub(super) fn bytes<'a>(fields: &[(u64, Wire<'a>)], number: u64) -> Option<&'a [u8]> {
    fields
        .iter()
        .find(|field| field.0 == number)
        .and_then(|field| match field.1 {
            Wire::Bytes(bytes) => Some(bytes),
            Wire::Number(_) | Wire::Skipped => None,
        })
}

fn skipped<'a>(bytes: &mut &'a [u8], count: usize) -> Option<Wire<'a>> {
    *bytes = bytes.get(count..)?;
    Some(Wire::Skipped)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for at in 0..10 {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
