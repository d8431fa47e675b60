public import Addressing
public import JSON

/// Why a file of the incumbent's is not taken over, where the fault lies, and what to do.
///
/// Positions count the entries from 0, as `jq '.allocations[3]'` does. Nothing is taken from a file with a fault: an
/// allocation left out would hand a pod's address to another.
public enum CheckpointError: Error, Hashable, Sendable {
    case notJSON(JSONError)
    /// A member of the wrong kind, or one that is missing.
    ///
    /// - Parameter path: As `jq` would be asked for it, such as `.allocations[3].metadata`; `.` for the document.
    case malformed(path: String, problem: String)
    case otherVersion(String)
    case tooManyEntries(Int)
    /// A part of the key is missing or empty.
    case withoutKey(position: Int, member: String)
    case withoutAddress(position: Int)
    case withTwoAddresses(position: Int)
    /// The text of `ipv4` is no IPv4 address, or that of `ipv6` no IPv6 address.
    case noAddress(String, position: Int, member: String)
    /// The allocation's time, as written, is no whole number of 64 bits.
    case noTimestamp(String, position: Int)
    case repeatedAddress(IPAddress, first: Int, second: Int)
    case repeatedKey(Checkpoint.Entry.Key, first: Int, second: Int)
}

extension CheckpointError: CustomStringConvertible {
    public var description: String { "\(problem). \(remedy)." }

    /// What is wrong and where, such as `The entry .allocations[3] has neither ipv4 nor ipv6`.
    public var problem: String {
        switch self {
        case .notJSON(let error): "The checkpoint is not JSON: \(error)"
        case .malformed(let path, let problem): "The checkpoint's \(path) is \(problem)"
        case .otherVersion(let version): "The checkpoint has version \(shown(version)) instead of \"\(Checkpoint.version)\""
        case .tooManyEntries(let count): "The checkpoint has \(count) entries, more than the \(Checkpoint.entriesMax) allowed"
        case .withoutKey(let position, let member): "The entry \(path(position)) has no \(member)"
        case .withoutAddress(let position): "The entry \(path(position)) has neither ipv4 nor ipv6"
        case .withTwoAddresses(let position): "The entry \(path(position)) has both ipv4 and ipv6"
        case .noAddress(let text, let position, let member):
            "The \(member) of \(path(position)) is \(shown(text)), which is no IPv\(member.suffix(1)) address"
        case .noTimestamp(let text, let position):
            "The allocationTimestamp of \(path(position)) is \(bounded(text)), which is no whole number of nanoseconds"
        case .repeatedAddress(let address, let first, let second):
            "The entries \(path(first)) and \(path(second)) both have the address \(address)"
        case .repeatedKey(let key, let first, let second):
            "The entries \(path(first)) and \(path(second)) both are of \(shown("\(key)"))"
        }
    }

    /// What the operator can do about it.
    public var remedy: String {
        switch self {
        case .otherVersion: "Take the node over with a release of Berth that reads this version, or drain and replace the node"
        case .repeatedAddress:
            "Delete both pods, of which at most one can be reached, let the incumbent write the file again, and retry"
        case .repeatedKey: "Remove the entry whose address the pod does not have, and retry"
        case .notJSON, .malformed, .tooManyEntries, .withoutKey, .withoutAddress, .withTwoAddresses, .noAddress, .noTimestamp:
            "Correct the file or let the incumbent write it again, and retry; otherwise drain and replace the node"
        }
    }
}

private func path(_ position: Int) -> String { ".allocations[\(position)]" }

private func shown(_ text: String) -> String { JSONValue.string(bounded(text)).description }

/// The beginning of a text that may be as long as the file.
private func bounded(_ text: String) -> String {
    text.utf8.count > 80 ? text.prefix(80) + "…" : text
}
