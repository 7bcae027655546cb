// Types of libespeak-ng. The library itself is loaded at run time (see EspeakLibrary.swift), so nothing links to it.
#pragma once
#include <espeak-ng/espeak_ng.h>
#include <espeak-ng/speak_lib.h>
