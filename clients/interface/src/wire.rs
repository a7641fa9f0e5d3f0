//! Bytes of accounts, events and arguments: fields one after the other, little-endian, without padding.

use crate::Address;

/// A value that is stored in as many bytes as its type says.
pub trait Wire: Sized {
    /// Takes the value off the front of `data`. `None` if the data are too short, or no such value.
    fn read(data: &mut &[u8]) -> Option<Self>;

    /// Appends the value's bytes.
    fn write(&self, out: &mut Vec<u8>);

    /// The value's bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }
}

macro_rules! integers {
    ($($type:ty),*) => {
        $(impl Wire for $type {
            fn read(data: &mut &[u8]) -> Option<Self> {
                let (bytes, rest) = data.split_first_chunk()?;
                *data = rest;
                Some(Self::from_le_bytes(*bytes))
            }

            fn write(&self, out: &mut Vec<u8>) {
                out.extend(self.to_le_bytes());
            }
        })*
    };
}

integers!(u8, u16, u32, u64, i16, i64, u128, i128);

impl Wire for bool {
    fn read(data: &mut &[u8]) -> Option<Self> {
        match u8::read(data)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}

impl Wire for Address {
    fn read(data: &mut &[u8]) -> Option<Self> {
        let (bytes, rest) = data.split_first_chunk::<32>()?;
        *data = rest;
        Some(Self::new_from_array(*bytes))
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_ref());
    }
}

impl<T: Wire, const N: usize> Wire for [T; N] {
    fn read(data: &mut &[u8]) -> Option<Self> {
        let items: Option<Vec<T>> = (0..N).map(|_| T::read(data)).collect();
        items?.try_into().ok()
    }

    fn write(&self, out: &mut Vec<u8>) {
        for item in self {
            item.write(out);
        }
    }
}

/// A list: how many items there are, in four bytes, and the items.
impl<T: Wire> Wire for Vec<T> {
    fn read(data: &mut &[u8]) -> Option<Self> {
        let (len, rest) = data.split_first_chunk()?;
        *data = rest;
        (0..u32::from_le_bytes(*len)).map(|_| T::read(data)).collect()
    }

    fn write(&self, out: &mut Vec<u8>) {
        let len = u32::try_from(self.len()).expect("no transaction has room for so many");
        out.extend(len.to_le_bytes());
        for item in self {
            item.write(out);
        }
    }
}

/// A struct whose fields are stored one after the other.
macro_rules! wire_struct {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }

        impl $crate::Wire for $name {
            fn read(data: &mut &[u8]) -> Option<Self> {
                Some(Self { $($field: $crate::Wire::read(data)?,)* })
            }

            fn write(&self, out: &mut Vec<u8>) {
                $($crate::Wire::write(&self.$field, out);)*
            }
        }
    };
}

pub(crate) use wire_struct;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back() {
        let mut out = Vec::new();
        7u16.write(&mut out);
        (-9i128).write(&mut out);
        true.write(&mut out);
        [1u64, 2].write(&mut out);
        vec![3u16].write(&mut out);
        assert_eq!(out.len(), 2 + 16 + 1 + 16 + 4 + 2);
        let mut data = out.as_slice();
        assert_eq!((u16::read(&mut data), i128::read(&mut data)), (Some(7), Some(-9)));
        assert_eq!((bool::read(&mut data), <[u64; 2]>::read(&mut data)), (Some(true), Some([1, 2])));
        assert_eq!(Vec::<u16>::read(&mut data), Some(vec![3]));
        assert_eq!(Vec::<u16>::read(&mut &[2, 0, 0, 0, 3, 0][..]), None); // of two there is one
        assert_eq!((data.len(), u8::read(&mut data), bool::read(&mut &[2u8][..])), (0, None, None));
    }
}
