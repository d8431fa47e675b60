/// One row of the checklist: what a plugin has to do, and how that is found out.
public struct Requirement: Hashable, Sendable {
    /// The row's number, which stays the same when rows are added; 19 was never given.
    public let id: Int
    public let level: Level
    /// What the plugin has to do, in a few words.
    public let text: String
    /// What is run and looked at, in a few words.
    public let method: String

    init(_ id: Int, _ level: Level, _ text: String, by method: String) {
        self.id = id
        self.level = level
        self.text = text
        self.method = method
    }

    /// Who asks for it.
    public enum Level: String, Hashable, Sendable {
        /// The CNI specification.
        case must = "M"
        /// Users of the reference library rely on it.
        case library = "L"
        case should = "S"
        /// What a node needs of its plugin beyond the specification.
        case operation = "O"
    }
}
