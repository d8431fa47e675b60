import Addressing
import JSON

extension Checkpoint {
    /// The file, byte for byte as the incumbent writes it, but for its order of entries, which is by address here.
    ///
    /// The incumbent uses Go's `encoding/json`: no white space, members in the order of its declarations, those of
    /// `metadata` left out when empty, and a new line at the end. Read back, it gives the same value.
    public var json: [UInt8] {
        let document: JSONValue = ["version": .string(Self.version), "allocations": .array(allocations.map(\.json))]
        return Array(escapedForHTML(document.description).utf8) + [UInt8(ascii: "\n")]
    }
}

extension Checkpoint.Entry {
    fileprivate var json: JSONValue {
        let family =
            switch address {
            case .v4: "ipv4"
            case .v6: "ipv6"
            }
        var metadata = JSONObject()
        metadata["k8sPodNamespace"] = podNamespace.map(JSONValue.string)
        metadata["k8sPodName"] = podName.map(JSONValue.string)
        metadata["interfacesCount"] = interfacesCount.map { JSONValue($0) }
        return .object([
            "networkName": .string(key.networkName),
            "containerID": .string(key.containerID),
            "ifName": .string(key.ifName),
            family: .string("\(address)"),
            "allocationTimestamp": JSONValue(Int(allocationTimestamp)),
            "metadata": .object(metadata),
        ])
    }
}

/// What Go escapes beyond RFC 8259 unless told otherwise: what has a meaning in HTML or ends a line in JavaScript
/// (documentation of Go's `json.Marshal`). These characters stand only inside the strings of a document.
private func escapedForHTML(_ document: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in document.unicodeScalars {
        switch scalar {
        case "<", ">", "&": escaped.append(contentsOf: "\\u00\(String(scalar.value, radix: 16))".unicodeScalars)
        case "\u{2028}": escaped.append(contentsOf: "\\u2028".unicodeScalars)
        case "\u{2029}": escaped.append(contentsOf: "\\u2029".unicodeScalars)
        default: escaped.append(scalar)
        }
    }
    return String(escaped)
}
