/// Spreads the bits of a key over a hash with one multiplication.
///
/// Addresses and attachments are looked up several times in a pod's life, and the standard library's hash, which is made for keys
/// that an attacker chooses, takes longer than the rest of a look-up. These keys are chosen by EC2, or are hashes already. They
/// use it through the library's own hook for hashing without a `Hasher`, `_rawHashValue(seed:)`.
///
/// - Parameter seed: Of the dictionary, so that tables of different sizes have different orders.
public func mixedHash(_ key: UInt, seed: Int) -> Int {
    let mixed = (key ^ UInt(bitPattern: seed)) &* 0x9e37_79b9_7f4a_7c15
    return Int(bitPattern: mixed ^ mixed >> 32)
}

extension IPv4Address {
    public func _rawHashValue(seed: Int) -> Int { mixedHash(UInt(bits), seed: seed) }
}

extension IPAddress {
    public func _rawHashValue(seed: Int) -> Int {
        switch self {
        case .v4(let address): mixedHash(UInt(address.bits), seed: seed)
        case .v6(let address): mixedHash(UInt(truncatingIfNeeded: address.bits ^ address.bits >> 64), seed: seed)
        }
    }
}

extension CloudIdentifier {
    /// Of the last bytes, in which EC2's identifiers differ.
    public func _rawHashValue(seed: Int) -> Int {
        var text = rawValue
        return text.withUTF8 { bytes in
            let last = UnsafeRawBufferPointer(bytes).suffix(MemoryLayout<UInt>.size)
            let key = last.count < MemoryLayout<UInt>.size ? last.reduce(0) { $0 << 8 | UInt($1) } : last.loadUnaligned(as: UInt.self)
            return mixedHash(key, seed: seed)
        }
    }
}
