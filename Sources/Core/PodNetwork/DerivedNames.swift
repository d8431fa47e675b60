public import Addressing

extension LinkName {
    /// The name of a pod's veth on the node: the prefix and the first eleven digits of the SHA-1 of `namespace.name`.
    ///
    /// Policy engines find the veth by this scheme, which is Calico's too (reference §3.3).
    ///
    /// - Parameter prefix: One to four bytes, `eni` by default in the configuration.
    /// - Returns: Nil when the prefix makes no valid link name.
    public static func hostVeth(prefix: String, namespace: String, name: String) -> LinkName? {
        guard (1...4).contains(prefix.utf8.count) else { return nil }
        return LinkName(prefix + hex(SHA1.digest("\(namespace).\(name)".utf8)).prefix(11))
    }

    /// The name of the veth of a sandbox that belongs to no pod: made the same way from the attachment.
    public static func hostVeth(prefix: String, attachment: String) -> LinkName? {
        guard (1...4).contains(prefix.utf8.count) else { return nil }
        return LinkName(prefix + hex(SHA1.digest(attachment.utf8)).prefix(11))
    }
}

extension MACAddress {
    /// An address of the locally administered range that is always the same for the same text.
    ///
    /// Links get their addresses at creation, since udev changes the ones that the kernel draws (reference §14, row 19).
    public static func derived(from text: String) -> MACAddress {
        MACAddress(locallyAdministered: SHA1.digest(text.utf8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }
}

private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
