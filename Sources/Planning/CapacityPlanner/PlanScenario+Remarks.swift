public import Addressing

extension PlanScenario {
    /// What a reader of a scenario is to know of one of its parts, such as that a figure is assumed.
    public struct Remark: Hashable, Sendable {
        public var place: Place
        /// A sentence or a few, on one line.
        public var text: String

        public init(_ place: Place, _ text: String) {
            self.place = place
            self.text = text
        }

        public enum Place: Hashable, Sendable {
            /// The scenario as a whole.
            case scenario
            case subnets
            case subnet(SubnetID)
            case networking
            case controlPlane
            case nodeGroups
            case nodeGroup(String)
            case workloads
            case workload(String)
            case events
            case cloud
        }
    }
}
