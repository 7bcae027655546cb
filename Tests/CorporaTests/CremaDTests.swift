import Foundation
import TestSupport
import Testing

@testable import Corpora

@Suite("CREMA-D")
struct CremaDTests {
    static let demographics = """
        "ActorID","Age","Sex","Race","Ethnicity"\r
        1001,51,"Male","Caucasian","Not Hispanic"\r
        1002,21,"Female","African American","Hispanic"\r

        """
    static let summary = """
        "","FileName","VoiceVote","VoiceLevel","FaceVote","FaceLevel","MultiModalVote","MultiModalLevel"
        "1","1001_IEO_NEU_XX","N","69.1","N","92.22","N","64.78"
        "7","1001_IEO_SAD_HI","N","60.14","A:F","30.67:51.00","F:N","63.5:60.0"
        "8","not a name","N","1","N","1","N","1"
        """
    static let votes = """
        "","A","D","F","H","N","S","fileName","numResponses","agreement","emoVote","meanEmoResp"
        "100001",0,0,0,10,0,0,"1001_IEO_NEU_XX",10,1,"H",71.7
        "200001",0,0,0,10,0,0,"1001_IEO_NEU_XX",10,1,"H",71.7
        "300001",0,1,0,2,5,0,"1001_IEO_NEU_XX",8,0.625,"N",71.7
        "300007",NA,1,1,0,0,0,"1001_IEO_SAD_HI",2,0.5,"D:F",NA
        "300008",0,0,0,0,0,0,"1002_IEO_SAD_HI",0,0,"",0
        """

    @Test("Sound and picture of a take are one clip, with what the tables say of actor and ratings")
    func tables() throws {
        let folder = try MadeUpFolder([
            "VideoFlash/1001_IEO_NEU_XX.flv": "media", "AudioWAV/1001_IEO_NEU_XX.wav": "media", "AudioMP3/1001_IEO_NEU_XX.mp3": "media",
            "VideoFlash/1001_IEO_SAD_HI.flv": "media", "AudioWAV/1002_TIE_ANG_XX.wav": "media", "VideoDemographics.csv": Self.demographics,
            "processedResults/summaryTable.csv": Self.summary, "processedResults/tabulatedVotes.csv": Self.votes,
        ])
        let scan = try CremaD().scan(folder.url, corpus: "crowd")
        #expect(scan.rejected.isEmpty && scan.leftOut == ["copies": 1])
        #expect(scan.clips.map(\.name) == ["1001_IEO_NEU_XX", "1001_IEO_SAD_HI", "1002_TIE_ANG_XX"])
        #expect(
            scan.clips[0]
                == Clip(
                    name: "1001_IEO_NEU_XX", corpus: "crowd", speaker: "1001", emotion: "neutral", intensity: "unspecified",
                    sentence: "IEO",
                    sex: "male", age: 51,
                    columns: [
                        "race": "Caucasian", "ethnicity": "Not Hispanic", "vote": "neutral", "faceVote": "neutral", "voiceVote": "neutral",
                    ],
                    ratings: ["anger": 0, "disgust": 0.125, "fear": 0, "happy": 0.25, "neutral": 0.625, "sad": 0],
                    video: folder.path("VideoFlash/1001_IEO_NEU_XX.flv"), audio: folder.path("AudioWAV/1001_IEO_NEU_XX.wav")))
        #expect(scan.clips[1].columns["vote"] == "fear:neutral" && scan.clips[1].columns["faceVote"] == "anger:fear")
        #expect(scan.clips[1].ratings?["disgust"] == 0.5 && scan.clips[1].audio == scan.clips[1].video)
        #expect(scan.clips[2].video == nil && scan.clips[2].sex == "female" && scan.clips[2].ratings == nil)
    }

    @Test("The one published name that ends in a single X is the take's other files' clip")
    func singleX() throws {
        let folder = try MadeUpFolder(["AudioWAV/1040_ITH_SAD_X.wav", "VideoFlash/1040_ITH_SAD_XX.flv"])
        let scan = try CremaD().scan(folder.url, corpus: "crowd")
        #expect(scan.clips.map(\.name) == ["1040_ITH_SAD_XX"] && scan.clips[0].audio != scan.clips[0].video)
    }

    @Test(
        "A file that does not fit is listed with its reason, and costs nothing else",
        arguments: [
            ("VideoFlash/1092_IEO_NEU_XX.flv", "media", "actor 1092 is not in 1001-1091"),
            ("VideoFlash/1001_IEO_SUR_XX.flv", "media", "emotion SUR is not one of ANG DIS FEA HAP NEU SAD"),
            ("VideoFlash/1001_XYZ_NEU_XX.flv", "media", "sentence XYZ is not one of the twelve"),
            ("VideoFlash/1001_IEO_NEU_ZZ.flv", "media", "level ZZ is not one of LO MD HI XX"),
            ("VideoFlash/hello.flv", "media", "the name is not actor_sentence_emotion_level"),
            ("VideoFlash/1001_IEO_NEU_XX.flv", "", "the file is empty"),
            ("VideoFlash/1001_IEO_NEU_XX.txt", "media", "a file of type .txt is not part of this layout"),
            ("VideoDemographics.csv", "a,b\n1,2\n", "the table lacks the columns"),
            ("processedResults/tabulatedVotes.csv", "\u{0}\u{1}\u{2}", "the table lacks the columns"),
        ])
    func rejected(path: String, content: String, reason: String) throws {
        let folder = try MadeUpFolder([path: content, "VideoFlash/1003_IEO_HAP_LO.flv": "media"])
        let scan = try CremaD().scan(folder.url, corpus: "crowd")
        #expect(scan.clips.map(\.name) == ["1003_IEO_HAP_LO"])
        #expect(scan.rejected.map(\.path) == [folder.path(path)])
        #expect(scan.rejected.first?.reason.hasPrefix(reason) == true, "\(scan.rejected)")
    }

    @Test("Naming a part of the corpus finds the whole", arguments: ["AudioWAV", "VideoFlash", "."])
    func levels(given: String) throws {
        let folder = try MadeUpFolder(["AudioWAV/1001_IEO_NEU_XX.wav", "VideoFlash/1001_IEO_NEU_XX.flv"])
        let url = folder.url.appendingPathComponent(given, isDirectory: true).standardizedFileURL
        #expect(CorpusFormats.detect(url)?.name == "crema-d")
        let clip = try #require(try CremaD().scan(url, corpus: "crowd").clips.first)
        #expect(clip.video?.hasSuffix(".flv") == true && clip.audio?.hasSuffix(".wav") == true)
    }
}
