public import CapacityPlanner
public import NodeConfiguration

/// Reads a cluster and its subnets from YAML. `Docs/Reference/PlanScenario.md` has the fields, `plan-scenario.schema.json` beside it
/// the same for programs.
public enum PlanFile {
    /// The largest file that is read, in bytes.
    public static let bytesMax = 1 << 20
    /// Of more faults only the number is told.
    static let faultsMax = 100
    /// Bytes of a message, which may quote what was written.
    private static let textMax = 400

    /// Reads a scenario.
    ///
    /// - Parameter file: The name that faults carry.
    /// - Throws: ``ConfigurationFaults`` with every fault and its line, by line; never more than a hundred and one.
    public static func scenario(yaml: String, file: String) throws(ConfigurationFaults) -> PlanScenario {
        guard yaml.utf8.count <= bytesMax else {
            throw ConfigurationFaults([
                ConfigurationFault(
                    place: "\(file):1", problem: "the file has more than \(bytesMax) bytes",
                    remedy: "Give addresses in use as blocks or as a number, and write no group twice")
            ])
        }
        do throws(ConfigurationFaults) {
            var reader = PlanReader(file: file)
            return try reader.scenario(yaml)
        } catch {
            throw ConfigurationFaults(told(error.faults, file))
        }
    }

    /// By line, and no more than anyone reads.
    static func told(_ faults: [ConfigurationFault], _ file: String) -> [ConfigurationFault] {
        func short(_ text: String) -> String { text.utf8.count <= textMax ? text : "\(text.prefix(textMax))…" }
        func line(_ fault: ConfigurationFault) -> Int { Int(fault.place.dropFirst(file.count + 1)) ?? 0 }
        let sorted = faults.enumerated().map { (line: line($0.element), order: $0.offset, fault: $0.element) }
            .sorted { ($0.line, $0.order) < ($1.line, $1.order) }.map(\.fault)
        let most = sorted.prefix(faultsMax).map {
            ConfigurationFault(place: $0.place, problem: short($0.problem), remedy: short($0.remedy))
        }
        guard sorted.count > faultsMax else { return most }
        let rest = ConfigurationFault(
            place: file, problem: "there are \(sorted.count - faultsMax) faults more", remedy: "Mend these first")
        return most + [rest]
    }
}
