import Foundation
import JSON
import SeededRandom
import Testing

struct JSONPropertyTests {
    @Test(arguments: UInt64(1)...300) func whatIsWrittenIsReadBack(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let value = JSONValue.any(depth: 5, using: &random)
        let bytes = value.bytes
        let read = try JSONValue(parsing: bytes, bytesMax: bytes.count)
        #expect(read == value)
        #expect(read.bytes == bytes)
    }

    @Test(arguments: UInt64(1)...300) func foundationReadsTheSame(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let bytes = JSONValue.any(depth: 4, using: &random).bytes
        let theirs = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        let ours = try JSONValue(parsing: bytes, bytesMax: bytes.count)
        #expect(differences(ours, theirs) == [], "\(ours)")
    }

    @Test(arguments: UInt64(1)...300) func damagedBytesAreEitherRefusedOrReadForGood(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let intact = JSONValue.any(depth: 5, using: &random).bytes
        for _ in 0..<50 {
            let damaged = damage(intact, using: &random)
            do throws(JSONError) {
                let value = try JSONValue(parsing: damaged, bytesMax: damaged.count)
                let foundationReads = (try? JSONSerialization.jsonObject(with: Data(damaged), options: .fragmentsAllowed)) != nil
                #expect(foundationReads || value.hasNumberBeyondDouble, "Foundation refuses \(value)")
                #expect(try JSONValue(parsing: value.bytes, bytesMax: value.bytes.count) == value)
            } catch {
                #expect((0...damaged.count).contains(error.byteOffset))
                #expect(error.line >= 1 && error.line <= damaged.count + 1)
            }
        }
    }

    @Test(arguments: UInt64(1)...200) func everyCutOfADocumentIsRefused(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let bytes = JSONValue.array([.any(depth: 3, using: &random)]).bytes
        for length in 0..<bytes.count {
            #expect(throws: JSONError.self) { try JSONValue(parsing: Array(bytes[..<length]), bytesMax: length) }
        }
    }

    /// Changes one to three places: another byte, a byte less, a byte more, a stretch repeated.
    private func damage(_ bytes: [UInt8], using random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.below(3) where !bytes.isEmpty {
            let place = random.below(bytes.count)
            switch random.below(4) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(Array("{}[],:\"\\0-e.tfn \n".utf8)[random.below(17)], at: place)
            default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 8)], at: place)
            }
        }
        return bytes
    }

    /// Where Foundation's tree is not ours; empty when they agree. Numbers are compared as `Double`.
    private func differences(_ ours: JSONValue, _ theirs: Any, at path: String = "$") -> [String] {
        let agree: Bool
        switch ours {
        case .null: agree = theirs is NSNull
        case .bool(let bool): agree = theirs as? Bool == bool
        case .number(let number): agree = (theirs as? NSNumber)?.doubleValue == Double(number.text)
        case .string(let text): agree = (theirs as? String).map { Array($0.utf8) } == Array(text.utf8)
        case .array(let elements):
            guard let theirs = theirs as? [Any], theirs.count == elements.count else { return [path] }
            return zip(elements, theirs).enumerated().flatMap { differences($1.0, $1.1, at: "\(path)[\($0)]") }
        case .object(let object):
            guard let theirs = theirs as? [String: Any], theirs.count == object.members.count else { return [path] }
            return object.members.flatMap { member in
                theirs[member.name].map { differences(member.value, $0, at: "\(path).\(member.name)") } ?? ["\(path).\(member.name)"]
            }
        }
        return agree ? [] : [path]
    }
}

extension JSONValue {
    /// Whether a number is too large for the `Double` that Foundation makes of it; the grammar sets no bound.
    fileprivate var hasNumberBeyondDouble: Bool {
        switch self {
        case .number(let number): Double(number.text)?.isFinite != true
        case .array(let elements): elements.contains(where: \.hasNumberBeyondDouble)
        case .object(let object): object.members.contains(where: \.value.hasNumberBeyondDouble)
        case .null, .bool, .string: false
        }
    }

    /// Any document without two members of one name.
    static func any(depth: Int, using random: inout SplitMix64) -> JSONValue {
        switch random.below(depth == 0 ? 5 : 8) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return JSONValue(Int.random(in: Int.min...Int.max, using: &random) >> random.below(60))
        case 3: return .number(anyFraction(using: &random))
        case 4: return .string(anyText(using: &random))
        case 5: return .array((0..<random.below(5)).map { _ in any(depth: depth - 1, using: &random) })
        default:
            var object = JSONObject()
            for _ in 0..<random.below(6) { object[anyText(using: &random)] = any(depth: depth - 1, using: &random) }
            return .object(object)
        }
    }

    private static func anyFraction(using random: inout SplitMix64) -> JSONNumber {
        let exponent = ["", "e3", "E-3", "e+12"][random.below(4)]
        let text = "\(Int.random(in: -9999...9999, using: &random)).\(random.below(1000))\(exponent)"
        return JSONNumber(text) ?? JSONNumber(0)
    }

    private static func anyText(using random: inout SplitMix64) -> String {
        let alphabets: [ClosedRange<UInt32>] = [
            0...0x1f, 0x20...0x7f, 0x20...0x7f, 0x5c...0x5c, 0x22...0x22, 0x4e00...0x4fff, 0x1f600...0x1f64f,
        ]
        var scalars = String.UnicodeScalarView()
        for _ in 0..<random.below(12) {
            let range = alphabets[random.below(alphabets.count)]
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) { scalars.append(scalar) }
        }
        return String(scalars)
    }
}
