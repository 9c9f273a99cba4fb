import AzureLinux
import Foundation
import RPM
import SystemPackage
import Testing

@Suite(.enabled(if: hasTools, "rpmbuild and gpg make the packages"))
struct VerificationTests {
  @Test func onlyWhatATrustedKeySignedPasses() async throws {
    try await withPackages { packages in
      let rpm = try await packages.build(spec(), into: "a")
      let trusted = try await packages.key("trusted")
      let stranger = try await packages.key("stranger")
      let keyring = try Keyring(keys: [trusted.file])
      #expect(keyring.keys.map(\.id) == [trusted.id])

      #expect(failure(rpm, keyring) == "unsigned")
      try Verification.verifyDigests(rpm)

      try await packages.sign(rpm, with: "trusted")
      #expect(try Verification.verify(rpm, keyring) == trusted.id)
      #expect(failure(rpm, try Keyring(keys: [])) == "unknown \(trusted.id)")
      #expect(failure(rpm, try Keyring(keys: [stranger.file])) == "unknown \(trusted.id)")
      #expect(try Verification.verify(rpm, Keyring(keys: [stranger.file, trusted.file])) == trusted.id)

      let both = packages.folder.appending("both.asc")
      try
        (Data(contentsOf: URL(filePath: stranger.file.string))
        + Data(contentsOf: URL(filePath: trusted.file.string)))
        .write(to: URL(filePath: both.string))
      #expect(try Keyring(keys: [both]).keys.map(\.id) == [stranger.id, trusted.id])
    }
  }

  @Test func damageIsTold() async throws {
    try await withPackages { packages in
      let rpm = try await packages.build(spec(), into: "a")
      let key = try await packages.key("trusted")
      try await packages.sign(rpm, with: "trusted")
      let keyring = try Keyring(keys: [key.file])
      let sound = try Data(contentsOf: URL(filePath: rpm.string))

      // in the payload, which the signed header vouches for by its digest
      var damaged = sound
      damaged[damaged.count - 20] ^= 0xff
      #expect(failure(try packages.write(damaged), keyring) == "digest")
      try Verification.verify(rpm, keyring)

      // in the header, where the summary is
      damaged = sound
      let summary = try #require(damaged.range(of: Data("A test package".utf8)))
      damaged[summary.lowerBound] = UInt8(ascii: "B")
      #expect(failure(try packages.write(damaged), keyring) == "digest")

      #expect(failure(try packages.write(sound.dropLast(30)), keyring) == "digest")
      #expect(failure(try packages.write(sound.prefix(50)), keyring) == "unreadable")
      #expect(throws: RPMError.self) { try Verification.verifyDigests(packages.write(damaged)) }
    }
  }

  @Test func damagedSignatureOfATrustedKeyIsBad() async throws {
    try await withPackages { packages in
      let key = try await packages.key("trusted")
      let keyring = try Keyring(keys: [key.file])
      let rpm = try await packages.build(spec(), into: "a")
      try await packages.sign(rpm, with: "trusted")
      var bytes = try Data(contentsOf: URL(filePath: rpm.string))
      // the signature header is at 96, the main one behind it
      let header = try #require(bytes.range(of: Data([0x8e, 0xad, 0xe8, 0x01]), in: 100..<bytes.count))
      // an OpenPGP signature of version 4 over binary data by RSA; far behind its start is the RSA number
      let packet = try #require(bytes.range(of: Data([4, 0, 1]), in: 100..<header.lowerBound))
      bytes[packet.lowerBound + 200] ^= 0x01
      #expect(failure(try packages.write(bytes), keyring) == "bad \(key.id)")
    }
  }

  @Test func unusableKeyFileIsNamed() throws {
    #expect(throws: RPMError.self) { try Keyring(keys: [FilePath("/etc/hostname")]) }
    #expect(throws: RPMError.self) { try Keyring(keys: [FilePath("/nonexistent")]) }
  }

  private func failure(_ rpm: FilePath, _ keyring: Keyring) -> String {
    do {
      try Verification.verify(rpm, keyring)
      return "none"
    } catch {
      return switch error {
      case .unsigned: "unsigned"
      case .unknownKey(_, let key): "unknown \(key)"
      case .badSignature(_, let key): "bad \(key)"
      case .badDigest: "digest"
      case .unreadable: "unreadable"
      default: "\(error)"
      }
    }
  }
}

extension Packages {
  fileprivate func write(_ data: Data) throws -> FilePath {
    let file = folder.appending("\(UUID().uuidString).rpm")
    try data.write(to: URL(filePath: file.string))
    return file
  }
}
