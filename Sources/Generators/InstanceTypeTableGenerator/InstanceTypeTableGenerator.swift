import Foundation

/// Writes the Swift file behind `InstanceType.named(_:)` from the JSON file of instance type facts.
///
/// The facts become the lines of one string literal, sorted by name, because the compiler takes seconds for a thousand
/// initialisers and milliseconds for a literal; the reader finds a line by bisection.
@main
struct InstanceTypeTableGenerator {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else { fail("usage: InstanceTypeTableGenerator FACTS.json TABLE.swift") }
        do {
            let facts = try Data(contentsOf: URL(filePath: arguments[1]))
            let rows = try JSONDecoder().decode([Row].self, from: facts)
            try Data(swiftSource(of: rows).utf8).write(to: URL(filePath: arguments[2]), options: .atomic)
        } catch let error as DecodingError {
            fail("\(arguments[1]): error: \(explanation(of: error))")
        } catch {
            fail("\(arguments[1]): error: \(error)")
        }
    }

    static func swiftSource(of rows: [Row]) throws -> String {
        let rows = rows.sorted { $0.type.utf8.lexicographicallyPrecedes($1.type.utf8) }
        guard !rows.isEmpty else { throw Fault("the file holds no instance type") }
        for (row, next) in zip(rows, rows.dropFirst()) where row.type == next.type {
            throw Fault("\(row.type) appears twice")
        }
        let lines = try rows.map { try $0.line() }
        return """
            /// Facts of \(rows.count) instance types, a line each, sorted by name.
            enum InstanceTypeTable {
                static let lines: StaticString = \"""
            \(lines.joined(separator: "\n"))

            \"""
            }

            """
    }

    /// Names the row and the field, which the error's own description buries.
    static func explanation(of error: DecodingError) -> String {
        let (problem, context): (String, DecodingError.Context) =
            switch error {
            case .keyNotFound(let key, let context): ("field \"\(key.stringValue)\" is missing", context)
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                (context.debugDescription, context)
            @unknown default: ("\(error)", DecodingError.Context(codingPath: [], debugDescription: ""))
            }
        let path = context.codingPath.map { $0.intValue.map { "row \($0 + 1)" } ?? "field \"\($0.stringValue)\"" }
        return path.isEmpty ? problem : "\(path.joined(separator: ", ")): \(problem)"
    }

    static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data("\(message)\n".utf8))
        exit(1)
    }
}
