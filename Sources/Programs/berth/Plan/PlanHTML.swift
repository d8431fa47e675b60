import Addressing
import ArgumentParser
import CapacityPlanner
import ClusterSimulator
import CommandLineTool
import NodeInstall
import PlanPage

/// The page of `berth plan --html`.
enum PlanHTML {
    /// The file is in place whole or not at all, and may replace an older one.
    ///
    /// - Parameters:
    ///   - simulated: Nil where the plan was not simulated.
    ///   - maps: Blocks of subnets as they are in an account; nil for what the file says of them.
    static func write(
        _ plan: CapacityPlan, advice: [Advice], simulated: SimulatedPlan? = nil, maps: [BlockMap]? = nil,
        history: [SubnetID: SubnetHistory] = [:], of file: String, to path: String
    ) throws {
        let origin = PlanPage.Origin(
            file: file, command: commandLine(CommandLine.arguments), version: Release.version)
        let page = PlanPage(plan, advice: advice, origin: origin, simulated: simulated, maps: maps, history: history)
        do throws(InstallFailure) {
            try WholeFile(path, bytesMax: bytesMax).place(Array(page.html.utf8), mode: 0o644)
        } catch {
            StandardError.write("berth: \(path) is not written: \(error). Give the path of a file in a folder that can be written to")
            throw ExitCode.badInput
        }
    }

    /// Of a page that is replaced: more than any has.
    private static let bytesMax = 256 << 20

    /// As a shell reads it, the program by its name.
    static func commandLine(_ arguments: [String]) -> String {
        (["berth"] + arguments.dropFirst().map(quoted)).joined(separator: " ")
    }

    private static func quoted(_ argument: String) -> String {
        func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "-_./=:,+@%".utf8.contains(byte)
            }
        }
        guard argument.isEmpty || !argument.utf8.allSatisfy(isPlain) else { return argument }
        return "'" + argument.replacing("'", with: #"'\''"#) + "'"
    }
}
