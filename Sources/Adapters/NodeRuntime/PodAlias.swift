import IPAMEngine
import PodNetwork

/// What a pod's veth carries in its link alias: whose it is, so that a daemon without its journal still knows.
///
/// Written as `berth:CONTAINER/INTERFACE/NETWORK/NAMESPACE/NAME`, with another word before the colon where an IPAM plugin of others gave
/// the addresses. None of the five contains a slash; a Kubernetes name may be 253 bytes long, and the kernel keeps 255 of an alias, so
/// the pod's name comes last and may be cut.
enum PodAlias {
    /// Whose the pod's addresses are, by what the alias begins with. A daemon that does not know a word leaves the link alone.
    enum Source: String, CaseIterable {
        case engine = "berth:"
        case ipamPlugin = "berth-ipam:"
    }

    /// IFALIASZ is 256, with the final zero.
    private static let bytesMax = 255
    /// An alias shorter than this was not cut: that takes whole characters, of up to four bytes in UTF-8.
    private static let bytesWhole = bytesMax - 3

    static func text(_ attachment: PodAttachment, _ pod: PodName?, source: Source = .engine) -> String {
        let key = "\(source.rawValue)\(attachment.containerID)/\(attachment.interface)/\(attachment.network)"
        guard let pod else { return cut(key) }
        return cut("\(key)/\(pod.namespace)/\(pod.name)")
    }

    /// Reads an alias back; nil for the alias of another program, or one too long to hold the attachment.
    ///
    /// - Returns: The pod's name as far as the alias holds it, nil when not even its namespace is whole.
    static func parse(_ alias: String) -> (attachment: PodAttachment, pod: PodName?, source: Source)? {
        guard let source = Source.allCases.first(where: { alias.hasPrefix($0.rawValue) }) else { return nil }
        let parts = alias.dropFirst(source.rawValue.count).split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        // What may be cut is the last part, so the network is whole when a slash follows it.
        let isWhole = parts.count > 3 || parts.count == 3 && alias.utf8.count < bytesWhole
        guard isWhole, parts.count <= 5, parts.prefix(3).allSatisfy({ !$0.isEmpty }) else { return nil }
        let attachment = PodAttachment(network: parts[2], containerID: parts[0], interface: parts[1])
        guard parts.count == 5, !parts[3].isEmpty, !parts[4].isEmpty else { return (attachment, nil, source) }
        return (attachment, PodName(namespace: parts[3], name: parts[4]), source)
    }

    private static func cut(_ text: String) -> String {
        var text = text
        while text.utf8.count > bytesMax { text.removeLast() }
        return text
    }
}
