/// A page as a list of what begins, what ends and what is said, read as strictly as XML is.
struct PageReader {
    private(set) var elements: [Element] = []
    /// What is not as it is to be; empty for a page that is well-formed.
    private(set) var faults: [String] = []

    struct Element {
        var name: String
        var attributes: [String: String]
        /// What is in it without tags.
        var text = ""
        /// The names of the elements that it is in, the outermost first.
        var path: [String]
    }

    init(_ html: String) {
        var open: [Int] = []
        var rest = html.dropFirst("<!doctype html>\n".count)
        while let start = rest.firstIndex(of: "<") {
            let said = String(rest[..<start])
            for index in open { elements[index].text += said }
            guard let end = rest[start...].firstIndex(of: ">") else {
                faults.append("a tag without an end: \(rest[start...].prefix(40))")
                return
            }
            read(String(rest[rest.index(after: start)..<end]), &open)
            rest = rest[rest.index(after: end)...]
        }
        if !open.isEmpty { faults.append("not ended: \(open.map { elements[$0].name })") }
    }

    private mutating func read(_ tag: String, _ open: inout [Int]) {
        if tag.hasPrefix("/") {
            guard let last = open.popLast(), elements[last].name == tag.dropFirst() else {
                faults.append("\(tag) ends what did not begin")
                return
            }
            return
        }
        let name = String(tag.prefix { $0 != " " })
        var attributes: [String: String] = [:]
        var rest = tag.dropFirst(name.count)
        while let equals = rest.firstIndex(of: "=") {
            let key = rest[..<equals].drop { $0 == " " }
            let value = rest[equals...].dropFirst(2)
            guard rest[equals...].dropFirst().first == "\"", let end = value.firstIndex(of: "\"") else {
                faults.append("an attribute without quotation marks: \(tag)")
                return
            }
            attributes[String(key)] = String(value[..<end])
            rest = value[value.index(after: end)...]
        }
        if rest.contains(where: { $0 != " " }) { faults.append("what is \(rest) in \(tag)?") }
        elements.append(Element(name: name, attributes: attributes, path: open.map { elements[$0].name }))
        if name != "meta" { open.append(elements.count - 1) }
    }

    func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }

    /// Headings, figures and tables in the order of the page.
    var outline: String {
        elements.compactMap { element -> String? in
            switch element.name {
            case "h1", "h2": "\(element.name) \(element.text)"
            case "h3": "  h3 \(element.text)"
            case "figure": "  figure \(element.attributes["id"] ?? "")"
            case "caption": "    table \(element.text)"
            default: nil
            }
        }.joined(separator: "\n")
    }
}
