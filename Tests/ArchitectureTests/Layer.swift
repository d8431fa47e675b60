/// A folder of `Sources`; the cases go from the core outward.
enum Layer: String, CaseIterable {
    case core = "Core"
    case planning = "Planning"
    case adapters = "Adapters"
    case programs = "Programs"
    case generators = "Generators"

    var summary: String {
        switch self {
        case .core: "values and functions: no clock, no input or output"
        case .planning: "the core in virtual time"
        case .adapters: "one real thing each"
        case .programs: "what is installed and run"
        case .generators: "what writes source during a build"
        }
    }

    /// The layers that must replay from a seed.
    static let pure: Set<Layer> = [.core, .planning]

    /// The layers whose targets a target of this one may import.
    var reachable: Set<Layer> {
        switch self {
        case .core: [.core]
        case .planning: [.core, .planning]
        case .adapters: [.core, .planning, .adapters]
        case .programs: [.core, .planning, .adapters]
        case .generators: []
        }
    }
}
