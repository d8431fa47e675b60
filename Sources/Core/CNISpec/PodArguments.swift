/// What `CNI_ARGS` says of the pod behind the sandbox.
///
/// Kubernetes runtimes send `K8S_POD_…` pairs in an order that differs from call to call, and other callers send none.
/// Nothing here is required: keys that are not known and pairs without `=` are passed over.
public struct PodArguments: Hashable, Sendable {
    public let namespace: String?
    public let name: String?
    /// The container ID of the sandbox.
    public let infraContainerID: String?
    public let uid: String?

    /// Reads `KEY=VALUE` pairs joined by semicolons; the last pair of a key counts, and an empty value is none.
    public init(_ text: String) {
        var values: [Substring: String] = [:]
        for pair in text.utf8.split(separator: UInt8(ascii: ";")) {
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let value = Substring(pair[pair.index(after: equals)...])
            values[Substring(pair[..<equals])] = value.isEmpty ? nil : String(value)
        }
        namespace = values["K8S_POD_NAMESPACE"]
        name = values["K8S_POD_NAME"]
        infraContainerID = values["K8S_POD_INFRA_CONTAINER_ID"]
        uid = values["K8S_POD_UID"]
    }
}
