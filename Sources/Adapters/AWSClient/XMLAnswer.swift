/// Reading of XML answers.
///
/// By a parser of its own: Foundation's, which XMLCoder stands on, ends the process on damaged input, such as a name that is not
/// UTF-8, and brings libxml2 and ICU with it.
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
    /// - Throws: For what is no such document, and for one with a document type, which AWS does not send.
    public static func decode<Answer: Decodable>(_ type: Answer.Type, from body: [UInt8]) throws(Fault) -> Answer {
        let root = try XMLElement(parsing: body)
        do {
            return try Answer(from: XMLElementDecoder([root]))
        } catch {
            throw Fault(description: "the XML cannot be read as \(type): \(error)")
        }
    }
}
