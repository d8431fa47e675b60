/// Cuts a stream of bytes into lines, wherever its chunks begin and end.
package struct LineSplitter: Sendable {
    /// A line that does not end within its bound.
    package struct TooLong: Error, Hashable, Sendable {
        package let bytesMax: Int
    }

    private let bytesMax: Int
    private var begun: [UInt8] = []

    /// - Parameter bytesMax: Of a line, without its end.
    package init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// Whether a line has begun and not ended.
    package var isInLine: Bool { !begun.isEmpty }

    /// Takes a chunk and hands on each line that ends in it, without the line feed; empty ones are passed over.
    package mutating func take<Failure: Error>(
        _ chunk: some Collection<UInt8>, _ line: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> TooLong? {
        var rest = chunk[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            guard begun.count + rest.distance(from: rest.startIndex, to: end) <= bytesMax else { return TooLong(bytesMax: bytesMax) }
            let whole = begun + rest[..<end]
            // Not emptied but left: a buffer that held megabytes once is not kept for lines of hundreds of bytes.
            begun = []
            rest = rest[rest.index(after: end)...]
            if !whole.isEmpty { try line(whole) }
        }
        guard begun.count + rest.count <= bytesMax else { return TooLong(bytesMax: bytesMax) }
        begun += rest
        return nil
    }
}
