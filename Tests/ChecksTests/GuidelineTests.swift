import Testing

@testable import Checks

@Suite struct GuidelineTests {
  @Test func aGoodSpecHasNoFindings() {
    #expect(Specimen().found == [])
  }

  @Test(arguments: [("Distribution", "Azure Linux", 7), ("Vendor", "Microsoft Corporation", 6)])
  func aTagHasItsOneValue(name: String, value: String, number: Int) {
    let rule = "\(name.lowercased())-tag"
    let line = "   \(value)\n"
    for wrong in [
      "   Fedora\n", "   \(value) # says who\n", "   \(value) Core\n", "   \(value.lowercased())\n",
    ] {
      #expect(Specimen().replacing(line, wrong).found == ["\(number) \(rule)-correct"])
    }
    #expect(Specimen().replacing(line, "\(value) \t\n").found == [])
    #expect(Specimen().replacing("\(name):", " \t\(name):").found == [])
  }

  @Test(arguments: ["Distribution", "Vendor"])
  func aTagIsThereSpelledLikeThis(name: String) {
    let rule = "0 \(name.lowercased())-tag-exists"
    #expect(Specimen().replacing("\(name):", "#\(name):").found == [rule])
    #expect(Specimen().replacing("\(name):", "\(name) :").found == [rule])
    #expect(Specimen().replacing("\(name):", "\(name.lowercased()):").found == [rule])
  }

  @Test func everyWrongTagIsFound() {
    let twice = Specimen().replacing("%description\n", "Vendor: A\nVendor: B\n%description\n")
    #expect(twice.found == ["10 vendor-tag-correct", "11 vendor-tag-correct"])
  }

  @Test func aTagWithoutValueTakesTheNextLineAsUpstreamDoes() {
    #expect(Specimen().replacing("   Azure Linux", "").found == ["7 distribution-tag-correct"])
  }

  @Test func aPatchNumberStandsAlone() {
    let spoilt = Specimen().replacing("%patch -P 0 -p1", "%patch0 -p1\n  %patch12\n%patch 0\n%patches")
    #expect(spoilt.found == ["14 patch-macro", "15 patch-macro"])
    #expect(spoilt.checked.findings().first?.nextStep == "write %patch -P 0 -p1")
  }

  @Test(arguments: [
    "1%{?dist}", "10%{?dist}", "%{release_prefix}3%{?dist}", "3%{release_suffix}%{?dist}",
    "%{release_prefix}3%{release_suffix}%{?dist}", "1%{?dist} # since when",
  ])
  func aReleaseIsANumberAndDist(release: String) {
    #expect(Specimen().replacing("2%{?dist}", release).found == [])
  }

  @Test(arguments: [
    "0%{?dist}", "01%{?dist}", "1", "1.1%{?dist}", "%autorelease", "%{release}%{?dist}", "1%{dist}",
    "1%{?dist}.1",
    "%{?release_prefix}1%{?dist}", "1%{?release_suffix}%{?dist}",
  ])
  func anyOtherReleaseIsNot(release: String) {
    #expect(Specimen().replacing("2%{?dist}", release).found == ["4 release-tag"])
  }

  @Test func theReleaseThatCountsIsThatOfTheSourcePackage() {
    let sub = Specimen().replacing("%prep\n", "%package devel\nRelease: 0\n%description devel\n%prep\n")
    #expect(sub.found == [])
    #expect(Specimen().replacing("Release:", "release :").found == [])
    #expect(Specimen().replacing("Release:", "#Release:").found == ["0 release-tag"])
  }

  @Test(arguments: ["License verified.", "verified license", "LICENSE VERIFIED", "The License verified by A"])
  func theChangelogSaysThatTheLicenseWasVerified(remark: String) {
    #expect(Specimen().replacing("License verified.", remark).found == [])
  }

  @Test(arguments: ["License  verified", "License was verified", "Relicense verified", "License verifiedly"])
  func otherWordsDoNot(remark: String) {
    #expect(Specimen().replacing("License verified.", remark).found == ["16 license-verification"])
  }

  @Test func remarksOutsideTheChangelogDoNotCount() {
    let elsewhere = Specimen().replacing("- License verified.", "- Nothing.")
      .replacing("Greets.\n\n", "License verified\n\n")
    #expect(elsewhere.found == ["16 license-verification"])
  }

  @Test func withoutAChangelogBothRemarksAreMissing() {
    #expect(
      Specimen().replacing("%changelog", "%files").found == [
        "0 license-verification", "0 source-attribution",
      ])
  }

  @Test func onlyToolchainSpecsNeedTheLongPatchForm() {
    var spoilt = Specimen().replacing(
      "%patch -P 0 -p1", "%patch 0 -p1\n%patch -P1\n%patch -p1 -P 2\n%patchlist")
    #expect(spoilt.found == [])
    spoilt.isToolchain = true
    #expect(
      spoilt.found == ["14 toolchain-patch-lines", "15 toolchain-patch-lines", "17 toolchain-patch-lines"])
  }

  @Test func toolchainSpecsAreThoseThatTheScriptBuilds() {
    let script = """
      # build_rpm_in_chroot_no_install not-this
      build_rpm_in_chroot_no_install bash
          build_rpm_in_chroot_no_install perl-libs perl-libs-rpm
      build_rpm_in_chroot_no_install_or_else x
      """
    #expect(ToolchainSpecs.named(in: script) == ["bash", "perl-libs", "msopenjdk-17"])
    #expect(ToolchainSpecs.named(in: nil) == [])
  }

  @Test func windowsLineEndsChangeNothing() {
    var specimen = Specimen()
    specimen.spec = specimen.spec.replacing("\n", with: "\r\n")
    #expect(specimen.found == [])
    #expect(specimen.replacing("2%{?dist}", "0%{?dist}").found == ["4 release-tag"])
  }
}

@Suite struct SourceAttributionTests {
  @Test(arguments: [
    "Original version for CBL-Mariner.", "Original version for Azure Linux",
    "Initial Azure Linux import from Azure.",
    "Initial CBL-Mariner import from Azure (license: MIT)",
    "Initial Azure Linux import from CentOS 9 (license: MIT).",
    "Initial CBL-Mariner import from Ceph source (license: LGPLv2.1).",
    "Initial Azure Linux import from Debian source package (license: MIT)",
    "Initial CBL-Mariner import from Netplan source (license: GPLv3)",
    "Initial Azure Linux import from Fedora 40 (license: MIT). And on",
    "Initial Azure Linux import from Fedora 40 (license: CC-BY-SA)",
    "Initial Azure Linux import from Fedora 40 (license: ISC)",
    "Initial Azure Linux import from Magnus Edenhill Open Source (license: BSD)",
    "Initial Azure Linux import from NVIDIA (license: ASL 2.0)",
    "Initial Azure Linux import from NVIDIA (license: GPLv2)",
    "Initial Azure Linux import from NVIDIA (license: BSD)",
    "Initial CBL-Mariner import from OpenEuler (license: BSD)", "Initial CBL-Mariner import from OpenMamba.",
    #"Initial CBL-Mariner import from openSUSE Tumbleweed (license: same as "License" tag)."#,
    "Initial CBL-Mariner import from Photon (license: Apache2).",
    "Initial CBL-Mariner import from Sysbench source (license: GPLv2+).",
    "Initial CBL-Mariner import from RPM software management source (license: GPLv2+)",
    #"Initial Azure Linux import from the source project (license: same as "License" tag)."#,
  ])
  func everyOriginThatUpstreamKnowsCounts(remark: String) {
    #expect(SourceAttribution.isOne("- \(remark)"))
    #expect(SourceAttribution.isOne("-   \(remark)"))
    #expect(!SourceAttribution.isOne("  - \(remark)"))
    #expect(!SourceAttribution.isOne("-\(remark)"))
  }

  @Test(arguments: [
    "Original version for Fedora", "Original version for Azure Linux!",
    "Initial import from Fedora 40 (license: MIT)",
    "Initial Azure Linux import from Fedora (license: MIT)", "Initial Azure Linux import from Fedora 40",
    "Initial Azure Linux import from Fedora rawhide (license: MIT)",
    "Initial Azure Linux import from Fedora 40 (license: GPL)",
    "Original version for Azure Linux (license: ISC)",
    #"Initial CBL-Mariner import from the source project (license: same as "License" tag)"#,
    "Initial Azure Linux import from Photon", "initial Azure Linux import from Photon (license: Apache2)",
  ])
  func nothingElseDoes(remark: String) {
    #expect(!SourceAttribution.isOne("- \(remark)"))
  }

  @Test func aSpecWithoutOneHasAFinding() {
    let remark = "- Original version for Azure Linux (license: MIT)."
    #expect(Specimen().replacing(remark, "- From somewhere.").found == ["16 source-attribution"])
    // before the first entry's heading it does not count
    let first = Specimen().replacing(remark, "- None.").replacing("%changelog\n", "%changelog\n\(remark)\n")
    #expect(first.found == ["16 source-attribution"])
  }
}
