import FoundationEssentials
import XMLCoder

/// Reading of XML answers, with the precautions that a document from a network needs.
public enum XMLAnswer {
    /// Why a document was not read.
    public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        public var description: String

        public init(description: String) {
            self.description = description
        }
    }

    /// Decodes a document whatever its root is called.
    ///
    /// - Throws: For what is no such document, and for one with a document type: AWS sends none, and entities of its own are how a
    ///   small document becomes a large one.
    public static func decode<Answer: Decodable>(_ type: Answer.Type, from body: [UInt8]) throws(Fault) -> Answer {
        // Foundation's parser traps on a name that is not UTF-8.
        guard String(validating: body, as: UTF8.self) != nil else { throw Fault(description: "the XML is not UTF-8") }
        guard body.firstRange(of: Array("<!DOCTYPE".utf8)) == nil else { throw Fault(description: "the XML has a document type") }
        do {
            // Trimming would take the white space around each escaped character as well.
            return try XMLDecoder(trimValueWhitespaces: false).decode(type, from: Data(body))
        } catch {
            throw Fault(description: "the XML cannot be read as \(type): \(error)")
        }
    }
}
