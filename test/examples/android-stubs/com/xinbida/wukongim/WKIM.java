package com.xinbida.wukongim;

import com.xinbida.wukongim.manager.ConnectionManager;

public class WKIM {
    public static native WKIM getInstance();
    public native ConnectionManager getConnectionManager();
}
