import Addressing
import CNISpec
import Testing

@Suite struct PodENIAnnotationTests {
    private static func text(_ id: String = #""vlanId":7"#, ipv4: String = "10.0.64.17", ipv6: String = "", subnet: String = "10.0.64.0/20")
        -> String
    {
        #"[{"eniId":"eni-0b1","ifAddress":"06:00:00:00:00:07","privateIp":"\#(ipv4)","ipv6Addr":"\#(ipv6)",\#(id),"subnetCidr":"\#(subnet)","subnetV6Cidr":"","associationID":"trunk-assoc-1"}]"#
    }

    @Test(arguments: [#""vlanId":7"#, #""vlanID":7"#, #""VLANID":7"#])
    func theVLANIsReadHoweverItsNameIsSpelt(id: String) throws {
        let annotation = try PodENIAnnotation(parsing: Self.text(id))
        #expect(annotation.vlanID == 7 && annotation.eni.rawValue == "eni-0b1")
        #expect(annotation.mac == MACAddress("06:00:00:00:00:07"))
        #expect(annotation.addresses == [IPAddress("10.0.64.17")])
        #expect(annotation.ipv4Subnet == IPv4CIDR("10.0.64.0/20"))
    }

    @Test func aPodOfIPv6AloneHasNoIPv4Subnet() throws {
        let annotation = try PodENIAnnotation(parsing: Self.text(ipv4: "", ipv6: "2600:1f13::17", subnet: ""))
        #expect(annotation.addresses == [IPAddress("2600:1f13::17")] && annotation.ipv4Subnet == nil)
    }

    @Test(arguments: [
        ("", "annotation vpc.amazonaws.com/pod-eni"), ("{}", "no array"), ("[]", "no array"), ("[1]", "no array"),
        (text(#""vlanId":"7""#), "vlanId is missing or no whole number"), (text(#""id":7"#), "vlanId"),
        (text(ipv4: "10.0.64"), "privateIp"), (text(ipv4: ""), "neither privateIp nor ipv6Addr"), (text(subnet: ""), "subnetCidr is not"),
        (text(subnet: "10.0.64.0/40"), "subnetCidr"),
    ])
    func whatCannotBeReadIsNamed(text: String, problem: String) {
        let fault = #expect(throws: PodENIAnnotation.Fault.self) { try PodENIAnnotation(parsing: text) }
        #expect(fault?.description.contains(problem) == true, "\(fault?.description ?? "")")
    }
}
