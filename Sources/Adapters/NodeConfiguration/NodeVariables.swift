public import IPAMEngine

/// The variables of the incumbent that Berth follows, with the defaults of its manifest (reference §1), read once.
///
/// The same names serve in the environment and under `settings:` of a file.
public struct NodeVariables: Hashable, Sendable {
    public var addressing: EngineConfiguration.Addressing = .secondary
    public var targets = WarmTargets()
    /// `MAX_ENI`; nil leaves the instance type's limit.
    public var enisMax: Int?
    public var cooldown: Duration = .seconds(30)
    public var eniMTUBytes = 9001
    /// `BERTH_ADD_BUDGET`: how long an ADD waits for an address before it is refused with the reason; whole seconds.
    public var addBudget: Duration = .seconds(60)
    /// `BERTH_GC_MINIMUM_AGE`: GC leaves younger allocations alone, since the runtime's list may be older than their ADD;
    /// whole seconds.
    public var garbageAgeMin: Duration = .seconds(120)

    /// Every name this daemon reads: the incumbent's, and those of our own with `BERTH_` in front.
    public static let names: [String] = [
        "AWS_VPC_ENI_MTU", "BERTH_ADD_BUDGET", "BERTH_GC_MINIMUM_AGE", "ENABLE_PREFIX_DELEGATION", "IP_COOLDOWN_PERIOD", "MAX_ENI",
        "MINIMUM_IP_TARGET", "WARM_ENI_TARGET", "WARM_IP_TARGET", "WARM_PREFIX_TARGET",
    ]

    public init() {}

    /// Reads the variables that are set, and says everything that is wrong with them.
    ///
    /// - Parameters:
    ///   - settings: Values by name, each with the place it was written at.
    ///   - defaults: What holds for variables that are not set.
    ///   - faults: Gains one entry for each unknown name or value out of range.
    public init(
        _ settings: [String: (value: String, place: String)], defaults: NodeVariables = NodeVariables(), faults: inout [ConfigurationFault]
    ) {
        self = defaults
        for (name, setting) in settings.sorted(by: { $0.key < $1.key }) {
            set(name, setting.value, setting.place, &faults)
        }
    }

    /// Reads the environment: the incumbent's variables, and none of ours that is not known.
    ///
    /// - Parameter known: Further `BERTH_` variables that somebody else reads.
    public init(environment: [String: String], known: Set<String>, faults: inout [ConfigurationFault]) {
        self.init()
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            if Self.names.contains(name) {
                set(name, value, "environment", &faults)
            } else if name.hasPrefix("BERTH_"), !known.contains(name) {
                faults.append(
                    ConfigurationFault(
                        place: "environment", problem: "\(name) is not a variable of Berth",
                        remedy: Self.suggestion(for: name, among: Self.names.filter { $0.hasPrefix("BERTH_") } + known)))
            }
        }
    }

    private mutating func set(_ name: String, _ value: String, _ place: String, _ faults: inout [ConfigurationFault]) {
        switch name {
        case "ENABLE_PREFIX_DELEGATION":
            if let isOn = Self.flag(name, value, place, &faults) { addressing = isOn ? .prefix : .secondary }
        case "WARM_ENI_TARGET":
            if let number = Self.number(name, value, 0...100, place, &faults) { targets.enis = number }
        case "WARM_IP_TARGET":
            if let number = Self.number(name, value, 0...4096, place, &faults) { targets.addresses = number }
        case "MINIMUM_IP_TARGET":
            if let number = Self.number(name, value, 0...4096, place, &faults) { targets.minimumAddresses = number }
        case "WARM_PREFIX_TARGET":
            if let number = Self.number(name, value, 0...1024, place, &faults) { targets.prefixes = number }
        case "MAX_ENI":
            if let number = Self.number(name, value, 1...100, place, &faults) { enisMax = number }
        case "IP_COOLDOWN_PERIOD":
            if let number = Self.number(name, value, 0...86_400, place, &faults) { cooldown = .seconds(number) }
        case "BERTH_ADD_BUDGET":
            // The plugin waits 110 s for its answer; the reason must come before.
            if let number = Self.number(name, value, 1...100, place, &faults) { addBudget = .seconds(number) }
        case "BERTH_GC_MINIMUM_AGE":
            if let number = Self.number(name, value, 0...86_400, place, &faults) { garbageAgeMin = .seconds(number) }
        case "AWS_VPC_ENI_MTU":
            if let number = Self.number(name, value, 576...9001, place, &faults) { eniMTUBytes = number }
        default:
            faults.append(
                ConfigurationFault(
                    place: place, problem: "\(name) is not a known setting", remedy: Self.suggestion(for: name, among: Self.names)))
        }
    }

    private static func number(
        _ name: String, _ value: String, _ range: ClosedRange<Int>, _ place: String, _ faults: inout [ConfigurationFault]
    ) -> Int? {
        if let number = Int(value), range.contains(number) { return number }
        faults.append(
            ConfigurationFault(
                place: place, problem: "\(name) is \"\(value)\"",
                remedy: "Set it to a whole number from \(range.lowerBound) to \(range.upperBound)"))
        return nil
    }

    /// The spellings of Go's `strconv.ParseBool`, which the incumbent accepts.
    private static func flag(_ name: String, _ value: String, _ place: String, _ faults: inout [ConfigurationFault]) -> Bool? {
        switch value {
        case "1", "t", "T", "TRUE", "true", "True": return true
        case "0", "f", "F", "FALSE", "false", "False": return false
        default:
            faults.append(ConfigurationFault(place: place, problem: "\(name) is \"\(value)\"", remedy: "Set it to true or false"))
            return nil
        }
    }

    /// Names what was probably meant, or all there is.
    static func suggestion(for name: String, among names: [String]) -> String {
        guard !names.isEmpty else { return "Remove it" }
        let nearest = names.min { editDistance(name, $0) < editDistance(name, $1) }
        if let nearest, editDistance(name, nearest) <= 3 { return "Did you mean \(nearest)?" }
        return "Use one of \(names.sorted().joined(separator: ", "))"
    }

    private static func editDistance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let substitution = diagonal + (a[i] == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
