public import Addressing
public import CapacityPlanner
public import ClusterSimulator

/// A plan as one page of HTML that needs nothing else: no network, no script, no font.
///
/// The same values give the same bytes. What names say, they say as text: a page never runs or loads what a file brought.
public struct PlanPage: Sendable {
    let plan: CapacityPlan
    let advice: [Advice]
    let simulated: SimulatedPlan?
    let maps: Maps
    let history: [SubnetID: SubnetHistory]
    let origin: Origin

    /// Where a page comes from, and how to make it again.
    public struct Origin: Hashable, Sendable {
        /// The scenario's file.
        public var file: String
        /// The command line, to be copied.
        public var command: String
        /// Of the program.
        public var version: String

        public init(file: String, command: String, version: String) {
            self.file = file
            self.command = command
            self.version = version
        }
    }

    /// The blocks of subnets, and whose word that is.
    enum Maps {
        /// Of the scenario, which does not place the cluster.
        case planned([BlockMap])
        /// Of an account at one moment.
        case observed([BlockMap])

        var all: [BlockMap] {
            switch self {
            case .planned(let maps), .observed(let maps): maps
            }
        }
    }

    /// - Parameters:
    ///   - advice: Best first; empty where nothing that is known helps.
    ///   - simulated: What came of the cluster in virtual time; nil where it was not simulated.
    ///   - maps: Blocks of subnets as they are in an account; nil draws what the scenario knows.
    ///   - history: What the plan's forecasts were made from.
    public init(
        _ plan: CapacityPlan, advice: [Advice], origin: Origin, simulated: SimulatedPlan? = nil, maps: [BlockMap]? = nil,
        history: [SubnetID: SubnetHistory] = [:]
    ) {
        self.plan = plan
        self.advice = advice
        self.origin = origin
        self.simulated = simulated
        self.maps = maps.map(Maps.observed) ?? .planned(plan.scenario.subnets.map(BlockMap.init))
        self.history = history
    }

    /// The document in UTF-8, with the style in it.
    public var html: String {
        Markup.document(
            element(.html, Attribute(.lang, "en")) {
                head
                element(.body) {
                    Patterns.markup
                    VerdictHeader(page: self).markup
                    contents
                    element(.main) { sections.map(\.markup) }
                    element(.footer) { "Made by berth \(origin.version) from \(origin.file)." }
                }
            })
    }

    private var head: Markup {
        element(.head) {
            element(.meta, Attribute(.charset, "utf-8"))
            element(.meta, Attribute(.httpEquiv, "Content-Security-Policy"), Attribute(.content, Self.policy))
            element(.meta, Attribute(.name, "viewport"), Attribute(.content, "width=device-width, initial-scale=1"))
            element(.meta, Attribute(.name, "color-scheme"), Attribute(.content, "light dark"))
            element(.title) { "\(plan.fits ? "Fits" : "Does not fit"): \(origin.file)" }
            Style.markup
        }
    }

    /// The browser refuses whatever else might be in the page.
    private static let policy = "default-src 'none'; style-src 'unsafe-inline'"

    private var contents: Markup {
        element(.nav, Attribute(.ariaLabel, "Contents")) {
            element(.ul) {
                sections.map { section in element(.li) { element(.a, Attribute(.href, "#\(section.id)")) { section.title } } }
            }
        }
    }

    private var sections: [PageSection] {
        [
            findings, utilisation, blocks, events, simulation, forecast, cluster, changes, assumptions, reproduction,
        ].compactMap(\.self)
    }
}

/// A part of the page with its heading.
struct PageSection {
    var id: String
    var title: String
    var content: Markup

    init(_ id: String, _ title: String, @MarkupBuilder content: () -> Markup) {
        self.id = id
        self.title = title
        self.content = content()
    }

    var markup: Markup {
        element(.section, .id(id), Attribute(.ariaLabelledBy, "\(id)-heading")) {
            element(.h2, .id("\(id)-heading")) { title }
            content
        }
    }
}

/// A paragraph.
func paragraph(_ text: String) -> Markup { element(.p) { text } }

/// A paragraph that explains what stands beside it.
func note(_ text: String) -> Markup { element(.p, .class("soft")) { text } }
