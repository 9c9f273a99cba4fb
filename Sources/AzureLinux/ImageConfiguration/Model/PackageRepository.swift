extension ImageConfiguration {
  /// A repository that an installer takes packages from.
  package struct PackageRepository: Hashable, Codable, Sendable {
    package static let defaultKeys = "file:///etc/pki/rpm-gpg/MICROSOFT-RPM-GPG-KEY"

    package var name: String
    package var url: String
    /// Whether its file stays in the installed system.
    package var install: Bool
    package var gpgCheck: Bool
    package var repoGPGCheck: Bool
    package var keys: String

    enum CodingKeys: String, CodingKey {
      case name = "Name"
      case url = "BaseUrl"
      case install = "Install"
      case gpgCheck = "GPGCheck"
      case repoGPGCheck = "RepoGPGCheck"
      case keys = "GPGKeys"
    }

    package var hasOwnKeys: Bool { (gpgCheck || repoGPGCheck) && keys != Self.defaultKeys }
  }
}
