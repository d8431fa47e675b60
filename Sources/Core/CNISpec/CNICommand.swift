/// What the runtime asks of a plugin, as `CNI_COMMAND` names it (CNI spec 1.1.0, section 2).
public enum CNICommand: String, CaseIterable, Sendable {
    case add = "ADD"
    case delete = "DEL"
    case check = "CHECK"
    case collectGarbage = "GC"
    case status = "STATUS"
    case version = "VERSION"

    /// The oldest version of the specification that has the command.
    public var since: CNIVersion {
        switch self {
        case .add, .delete, .version: .v010
        case .check: .v040
        case .collectGarbage, .status: .v110
        }
    }

    /// Whether the command takes state away: it must succeed even where the configuration has gone bad since the ADD.
    var isCleanup: Bool { self == .delete || self == .collectGarbage }
}

extension CNICommand: CustomStringConvertible {
    public var description: String { rawValue }
}
