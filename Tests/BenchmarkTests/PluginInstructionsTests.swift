import Foundation
import PluginSocket
import Testing

/// Holds the cost of starting and running the plugin against `Benchmarks/plugin-instructions.json`.
///
/// Instructions and system calls are counted and time is not measured, so the figures do not depend on what else runs.
@Suite(.serialized, .enabled(if: StaticPlugin.isToBeMeasured, "\(StaticPlugin.missing ?? "nothing is missing")"))
struct PluginInstructionsTests {
    @Test(arguments: ["VERSION", "DEL"])
    func theCostIsTheKeptOne(command: String) throws {
        let measured = try StaticPlugin().measure(command)
        var figures = try PluginFigures.read()
        if ProcessInfo.processInfo.environment["BERTH_UPDATE_BENCHMARKS"] == "1" {
            figures.commands[command] = measured
            return try figures.write()
        }
        let kept = try #require(figures.commands[command])
        let update = "If this is meant: BERTH_UPDATE_BENCHMARKS=1 swift test -c release --filter PluginInstructionsTests"
        let change = 100 * Double(measured.instructions - kept.instructions) / Double(kept.instructions)
        #expect(
            abs(change) <= figures.instructionsTolerancePercent,
            "\(command) takes \(measured.instructions) instructions instead of \(kept.instructions), \(change) %. \(update)")
        #expect(
            measured.systemCalls <= kept.systemCalls,
            "\(command) makes \(measured.systemCalls) system calls instead of \(kept.systemCalls). \(update)")
    }

    @Test func theBinaryNeedsNoInterpreterAndHasNoFoundation() throws {
        let binary = try Data(contentsOf: URL(fileURLWithPath: StaticPlugin.path), options: .alwaysMapped)
        #expect(!segmentKinds(of: binary).contains(3), "\(StaticPlugin.path) has a PT_INTERP segment: it is linked dynamically")
        // The name as every Swift symbol of the module has it.
        #expect(binary.range(of: Data("10Foundation".utf8)) == nil, "\(StaticPlugin.path) contains symbols of Foundation")
    }

    /// Returns the kind of every program header of a 64-bit little-endian ELF file (elf(5)).
    private func segmentKinds(of file: Data) -> [UInt32] {
        func number<Value: FixedWidthInteger>(at offset: Int, as: Value.Type) -> Value {
            file.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Value.self)) }
        }
        let start = Int(number(at: 32, as: UInt64.self))
        let size = Int(number(at: 54, as: UInt16.self))
        return (0..<Int(number(at: 56, as: UInt16.self))).map { number(at: start + $0 * size, as: UInt32.self) }
    }
}

/// What one command of the plugin costs.
struct PluginCost: Codable {
    /// In user space, from exec to exit.
    var instructions: Int
    /// From exec to exit, failed ones included.
    var systemCalls: Int
}

/// The file of kept figures.
struct PluginFigures: Codable {
    var architecture: String
    var howMeasured: String
    var instructionsTolerancePercent: Double
    var commands: [String: PluginCost]

    private static let file = repositoryRoot.appendingPathComponent("Benchmarks/plugin-instructions.json")

    static func read() throws -> PluginFigures {
        try JSONDecoder().decode(PluginFigures.self, from: Data(contentsOf: file))
    }

    func write() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(self) + Data("\n".utf8)).write(to: Self.file)
    }
}

let repositoryRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
