public import Addressing
public import CapacityPlanner

extension PlanFile {
    /// Writes a scenario as ``scenario(yaml:file:)`` reads it, with remarks as comments at their parts.
    ///
    /// - Parameters:
    ///   - vpc: The blocks in which the subnets lie; empty to leave them out.
    ///   - title: Comments at the top.
    public static func yaml(
        _ scenario: PlanScenario, vpc: [IPv4CIDR] = [], title: [String] = [], remarks: [PlanScenario.Remark] = []
    ) -> String {
        PlanWriter(scenario, vpc: vpc, title: title, remarks: remarks).text
    }
}
