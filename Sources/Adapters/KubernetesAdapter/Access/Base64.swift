/// The encoding of binary data in kubeconfig files (RFC 4648, section 4).
enum Base64 {
    /// Nil for what is not base64; line ends within it are passed over, as in Go's decoder.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 4 * 3)
        var (group, digits, padding) = (UInt32(0), 0, 0)
        for byte in text.utf8 where byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\r") {
            if byte == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let digit = digit(byte) else { return nil }
            group = group << 6 | UInt32(digit)
            digits += 1
            if digits == 4 {
                bytes += [UInt8(group >> 16), UInt8(group >> 8 & 0xff), UInt8(group & 0xff)]
                (group, digits) = (0, 0)
            }
        }
        switch (digits, padding) {
        case (0, 0): return bytes
        case (2, 2): return bytes + [UInt8(group >> 4)]
        case (3, 1): return bytes + [UInt8(group >> 10), UInt8(group >> 2 & 0xff)]
        default: return nil
        }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
