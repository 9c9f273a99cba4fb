extension ImageConfiguration {
  package struct Network: Hashable, Codable, Sendable {
    package enum BootProtocol: String, Codable, Sendable, CaseIterable {
      case dhcp
      case fixed = "static"
      case bootp, ibft
      case unset = ""

      /// Whether addresses may be left out.
      package var findsAddresses: Bool { self == .dhcp || self == .unset }
    }

    package var bootProtocol: BootProtocol
    package var gateway: String
    package var address: String
    package var netmask: String
    package var onBoot: Bool
    package var nameServers: [String]
    /// A name, a MAC address, or `bootif` for the one that the installer was booted from.
    package var device: String

    enum CodingKeys: String, CodingKey {
      case bootProtocol = "BootProto"
      case gateway = "GateWay"
      case address = "Ip"
      case netmask = "NetMask"
      case onBoot = "OnBoot"
      case nameServers = "NameServer"
      case device = "Device"
    }
  }
}
