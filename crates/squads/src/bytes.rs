//! The next bytes of an account, and bytes that are written one after another.

use {crate::error::Error, solana_address::Address};

/// The rest of an account that has not been read.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(Error::Short)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.bytes(N)?.try_into().map_err(|_| Error::Short)
    }

    pub fn byte(&mut self) -> Result<u8, Error> {
        Ok(self.array::<1>()?[0])
    }

    pub fn address(&mut self) -> Result<Address, Error> {
        Ok(Address::new_from_array(self.array()?))
    }

    /// Reads an optional address: a byte that says whether it is there, and the address.
    pub fn option(&mut self) -> Result<Option<Address>, Error> {
        match self.byte()? {
            0 => Ok(None),
            1 => Ok(Some(self.address()?)),
            other => Err(Error::Case("option", other)),
        }
    }

    /// Reads a list with its length in 32 bits. A length beyond the account ends with [`Error::Short`]
    /// before memory is taken for it.
    pub fn list<T>(&mut self, read: impl Fn(&mut Self) -> Result<T, Error>) -> Result<Vec<T>, Error> {
        let count = u32::from_le_bytes(self.array()?) as usize;
        let mut items = Vec::with_capacity(count.min(self.0.len()));
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(items)
    }
}

/// Appends an optional address: a byte that says whether it is there, and the address.
pub fn put_option(data: &mut Vec<u8>, address: Option<&Address>) {
    data.push(u8::from(address.is_some()));
    data.extend(address.into_iter().flat_map(|address| address.to_bytes()));
}

/// Appends a length in 32 bits. What is written here is bounded by the size of a transaction, far below
/// that.
pub fn put_count(data: &mut Vec<u8>, count: usize) {
    data.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}
