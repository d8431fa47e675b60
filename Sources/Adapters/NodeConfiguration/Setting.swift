/// A variable that the daemon reads: its name, what may be written, what it is about.
public struct Setting: Sendable {
    public let name: String
    /// What holds when it is not set, as it would be written.
    public let fallback: String
    /// What may be written, with the unit.
    public let range: String
    public let meaning: String
    /// What a daemon that is started again with another value leaves as it is. Addresses of pods always stay.
    public let change: Change
    /// Whether a running daemon follows another value; otherwise it takes a new start.
    public let isLive: Bool
    /// The value of some variables, as it would be written.
    public let value: @Sendable (NodeVariables) -> String
    /// What may be written, as the end of "Set it to …".
    let expected: String
    /// Takes the text into the variables; false, with nothing changed, when it is no value.
    let read: @Sendable (String, inout NodeVariables) -> Bool

    /// How a value gets hold of a node that has pods.
    public enum Change: String, Hashable, Sendable, CaseIterable {
        /// Everything goes by it; a pool that is too large or lies elsewhere drains.
        case atOnce = "at once"
        /// ENIs that the node has stay as they are.
        case newENIs = "further ENIs"
        /// Pods that are there stay as they are.
        case newPods = "further pods"
    }

    init<Value>(
        _ name: String, _ path: any WritableKeyPath<NodeVariables, Value> & Sendable, _ value: SettingValue<Value>, _ change: Change,
        isLive: Bool = true, _ meaning: String
    ) {
        self.name = name
        self.meaning = meaning
        self.change = change
        self.isLive = isLive
        self.value = { value.text($0[keyPath: path]) }
        fallback = value.text(NodeVariables()[keyPath: path])
        range = value.range
        expected = value.expected
        read = { text, variables in
            guard let value = value.parse(text) else { return false }
            variables[keyPath: path] = value
            return true
        }
    }

    public static func named(_ name: String) -> Setting? { byName[name] }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}
