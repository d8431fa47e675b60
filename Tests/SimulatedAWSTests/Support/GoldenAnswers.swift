import Foundation
import FoundationXML

/// Answers as EC2 writes them, kept by the tests of the client: see EC2AdapterTests/Resources/README.md.
struct GoldenAnswers: Decodable {
    var action: String?
    var status: Int
    var xml: String

    static func all() throws -> [GoldenAnswers] { try decode("responses.json") }

    static func decode<Value: Decodable>(_ name: String) throws -> Value {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = tests.appending(path: "EC2AdapterTests/Resources/\(name)")
        return try JSONDecoder().decode(Value.self, from: Data(contentsOf: file))
    }
}

/// A request as the SDK signs it.
struct GoldenRequests: Decodable {
    var action: String
    var url: String
    var body: String
    var contentType: String
    var amzDate: String
    var authorization: String
    var token: String?

    static func all() throws -> [GoldenRequests] { try GoldenAnswers.decode("requests.json") }
}

/// Where in a document elements are, by their names.
final class ElementPaths: NSObject, XMLParserDelegate {
    private var path: [String] = []
    private var paths: Set<String> = []

    static func of(_ text: String) throws -> Set<String> {
        let reader = ElementPaths()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = reader
        guard parser.parse() else { throw parser.parserError ?? CocoaError(.fileReadCorruptFile) }
        return reader.paths
    }

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName qName: String?,
        attributes attributeDict: [String: String]
    ) {
        path.append(elementName)
        paths.insert(path.joined(separator: "/"))
    }

    func parser(_ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName qName: String?) {
        path.removeLast()
    }
}
