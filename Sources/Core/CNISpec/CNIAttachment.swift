import JSON

/// One interface of one container on the network of the request, as GC lists it (CNI spec 1.1.0, section 2, "GC").
public struct CNIAttachment: Hashable, Sendable {
    public let containerID: String
    public let ifname: String

    public init(containerID: String, ifname: String) {
        self.containerID = containerID
        self.ifname = ifname
    }

    static let validKey = "cni.dev/valid-attachments"
    /// The key's name before the specification was settled, which the reference library still sends beside it.
    static let olderKey = "cni.dev/attachments"

    /// What a configuration lists as alive under either key, or nil when it has neither.
    ///
    /// Null counts as an empty list, because the reference library prints an empty list so. What stands under either
    /// key is kept: to free too little is the smaller fault.
    ///
    /// - Throws: Code 7 for anything that cannot be read as a list, so that a broken list frees nothing.
    static func valid(in configuration: JSONObject) throws(CNIError) -> Set<CNIAttachment>? {
        var valid: Set<CNIAttachment>?
        for key in [validKey, olderKey] {
            guard let value = configuration[key] else { continue }
            valid = (valid ?? []).union(try list(value, key: key))
        }
        return valid
    }

    private static func list(_ value: JSONValue, key: String) throws(CNIError) -> [CNIAttachment] {
        if value.isNull { return [] }
        guard let elements = value.array else { throw .malformedValidAttachments(key, problem: "it is \(value.kind), not an array") }
        var attachments: [CNIAttachment] = []
        for (index, element) in elements.enumerated() {
            guard let containerID = element["containerID"]?.string, let ifname = element["ifname"]?.string,
                !containerID.isEmpty, !ifname.isEmpty
            else { throw .malformedValidAttachments(key, problem: "entry \(index) lacks containerID or ifname") }
            attachments.append(CNIAttachment(containerID: containerID, ifname: ifname))
        }
        return attachments
    }
}
