import Addressing

/// An address of this machine that no other can reach, and a port on it.
public struct LoopbackAddress: Hashable, Sendable {
    public let host: String
    /// 0 for any that is free.
    public let port: Int

    /// Reads `127.0.0.1:4566` or `[::1]:4566`; nil for what is no address of loopback, and for names.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]"), let address = IPv6Address(String(host.dropFirst().dropLast())) {
            guard address.bits == 1 else { return nil }
            self.host = "\(address)"
        } else {
            guard let address = IPv4Address(String(host)), address.bits >> 24 == 127 else { return nil }
            self.host = "\(address)"
        }
        self.port = Int(port)
    }

    /// As programs are pointed at it.
    ///
    /// - Parameter port: Of a server that listens.
    func url(port: Int) -> String {
        "http://" + (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }
}
