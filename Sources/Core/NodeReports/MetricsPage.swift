/// A page of metrics in the text format of Prometheus, version 0.0.4.
public struct MetricsPage: Hashable, Sendable {
    public private(set) var text = ""

    /// As `Content-Type` has to say it.
    public static let contentType = "text/plain; version=0.0.4"

    public enum Kind: String, Hashable, Sendable {
        /// It only rises, from 0 at the daemon's start.
        case counter
        case gauge
    }

    /// One value of a metric, told apart from its others by labels.
    public struct Sample: Hashable, Sendable {
        public var labels: [Label]
        public var value: Double

        public init(_ value: Double, _ labels: [Label] = []) {
            self.value = value
            self.labels = labels
        }

        public init(_ value: Int, _ labels: [Label] = []) { self.init(Double(value), labels) }
    }

    public struct Label: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init() {}

    /// Adds a metric with its values, in their order; one without values is left out.
    public mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
        guard !samples.isEmpty else { return }
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }.joined(separator: ",")
            text += labels.isEmpty ? "\(name) \(Self.number(sample.value))\n" : "\(name){\(labels)} \(Self.number(sample.value))\n"
        }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.append(character)
            }
        }
    }
}
