import Foundation

/// Debian's chromium without a window and without a network, on pages that are files.
struct Browser {
    private static let program = "/usr/bin/chromium"
    static let isMissing = !FileManager.default.isExecutableFile(atPath: program)

    var scheme = Scheme.light

    enum Scheme: Int, CaseIterable {
        case dark, light
    }

    private static let resources = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Resources")

    /// What `measure-page.html` finds out about a page in a frame of that width.
    ///
    /// - Parameter isPrinted: Whether the page's rules for paper hold.
    func measurements(of html: String, width: Int, isPrinted: Bool = false) throws -> PageMeasurements {
        let wrapper = try Self.resource(
            "measure-page.html", [("WIDTH", "\(width)"), ("HEIGHT", "900"), ("PAGE", Self.framed(html, isPrinted))])
        return try JSONDecoder().decode(PageMeasurements.self, from: said(by: wrapper, width: width))
    }

    /// How many colours are in each of the boxes when the page is shown.
    func colours(in boxes: [PageMeasurements.Box], of html: String, width: Int, height: Int) throws -> [String: Int] {
        let wrapper = try Self.resource(
            "measure-page.html", [("WIDTH", "\(width)"), ("HEIGHT", "\(height)"), ("PAGE", Self.framed(html, false))])
        let picture = try made("made.png", from: wrapper, "--screenshot", width: width, height: height)
        let list = String(decoding: try JSONEncoder().encode(boxes), as: UTF8.self)
        let counter = try Self.resource("count-colours.html", [("IMAGE", picture.base64EncodedString()), ("BOXES", list)])
        return try JSONDecoder().decode([String: Int].self, from: said(by: counter, width: width))
    }

    /// The page as it is printed.
    func pdf(of html: String) throws -> Data {
        try made("made.pdf", from: html, "--print-to-pdf", width: 1280, height: 900)
    }

    // MARK: - Running

    /// What the page's script leaves in its `pre`.
    private func said(by html: String, width: Int) throws -> Data {
        try inFolder(with: html) { folder, page in
            let dump = try run(["--dump-dom", page], folder, width: width, height: 900).output
            let text = dump.components(separatedBy: "<pre>").last?.components(separatedBy: "</pre>").first ?? ""
            let characters = [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&amp;", "&")]
            return Data(characters.reduce(text) { $0.replacing($1.0, with: $1.1) }.utf8)
        }
    }

    private func made(_ name: String, from html: String, _ option: String, width: Int, height: Int) throws -> Data {
        try inFolder(with: html) { folder, page in
            let file = folder.appending(path: name).path
            try run(["\(option)=\(file)", "--no-pdf-header-footer", page], folder, width: width, height: height)
            return try Data(contentsOf: URL(filePath: file))
        }
    }

    private func inFolder<Result>(with html: String, _ body: (URL, String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "berth-browser-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let page = folder.appending(path: "page.html")
        try Data(html.utf8).write(to: page)
        return try body(folder, page.absoluteString)
    }

    /// No name is found and nothing is asked for: what a page shows is in it. A minute ends what hangs.
    @discardableResult
    private func run(_ arguments: [String], _ folder: URL, width: Int, height: Int) throws -> ChildProcess.Outcome {
        let environment = ChildProcess.environment.merging(["HOME": folder.path]) { $1 }
        let options = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND",
            "--user-data-dir=\(folder.path)/profile", "--window-size=\(width),\(height)",
            "--blink-settings=preferredColorScheme=\(scheme.rawValue)",
        ]
        let outcome = try ChildProcess.run(["timeout", "60", Self.program] + options + arguments, environment: environment)
        guard outcome.status == 0 else { throw Failure(status: outcome.status, errors: outcome.errors) }
        return outcome
    }

    private struct Failure: Error {
        let status: Int32
        let errors: String
    }

    // MARK: - Pages about pages

    private static func resource(_ name: String, _ values: [(String, String)]) throws -> String {
        let text = try String(contentsOf: resources.appending(path: name), encoding: .utf8)
        return values.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    /// As the value of `srcdoc`.
    private static func framed(_ html: String, _ isPrinted: Bool) -> String {
        let page = isPrinted ? html.replacing("@media print", with: "@media screen") : html
        return page.replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
    }
}
